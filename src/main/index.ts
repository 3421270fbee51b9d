import { runApp } from './app.ts'
import { runCommandLine, startScript } from './command-line.ts'
import { commandLineAmong } from './command-line-words.ts'

const commandLine = commandLineAmong(process.argv)
if (commandLine === undefined) runApp(process.argv.slice(1))
else if (commandLine.byScript) runCommandLine(commandLine.words)
else await startScript(commandLine.words)
