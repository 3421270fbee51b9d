import { runApp } from './app.ts'
import { commandLineAmong, runCommandLine, startScript } from './command-line.ts'

const commandLine = commandLineAmong(process.argv)
if (commandLine === undefined) runApp(process.argv.slice(1))
else if (commandLine.byScript) runCommandLine(commandLine.words)
else await startScript(commandLine.words)
