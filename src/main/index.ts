import { runApp } from './app.ts'
import { commandLineAmong, runCommandLine } from './command-line.ts'

const words = commandLineAmong(process.argv)
if (words === undefined) runApp(process.argv.slice(1))
else runCommandLine(words)
