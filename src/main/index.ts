import { runApp } from './app.ts'

runApp(process.argv.slice(1))
