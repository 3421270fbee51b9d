import { nodeHost } from './host.ts'
import { runCli } from './program.ts'
import { outliveReaders } from './standard-streams.ts'

outliveReaders()
process.exitCode = await runCli(process.argv.slice(2), nodeHost)
