import { runCli } from './program.ts'

// Who reads us may stop reading (`| head`), or end before us: that is no failure of ours, and a node serves on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCli(process.argv.slice(2))
