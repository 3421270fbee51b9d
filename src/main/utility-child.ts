import { utilityProcess } from 'electron'
import { childEnvironment } from '../node/inference/child-environment.ts'
import type { ChildHandle, ChildLauncher, FromInferenceChild } from '../node/inference/contract.ts'
import type { Logger } from '../node/logs/contract.ts'

/** Longest piece of the child's stderr that is kept as one log line. */
const MAX_STDERR_LINE = 2_000

/** Runs the inference child as an Electron utility process: its crash ends nothing but itself. */
export function utilityChildLauncher(options: { entry: string; logger: Logger }): ChildLauncher {
  return (launch): ChildHandle => {
    const child = utilityProcess.fork(options.entry, [], {
      serviceName: launch.probe === undefined ? 'Driad inference' : 'Driad device probe',
      // Older Electrons warn about JSON modules, which we know of and the operator need not.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe'],
      env: childEnvironment(launch),
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8').trim().slice(0, MAX_STDERR_LINE)
      if (text === '') return
      // A probe is there to fail, and what came of it is told by what it finds.
      if (launch.probe !== undefined) options.logger.debug('A device probe wrote to stderr', { text })
      else options.logger.warn('The inference process wrote to stderr', { text })
    })
    return {
      get pid() {
        return child.pid
      },
      send: (message) => child.postMessage(message),
      onMessage: (listener) => {
        child.on('message', (message: FromInferenceChild) => listener(message))
      },
      onExit: (listener) => {
        child.once('exit', (code) => listener(code, null))
      },
      kill: () => {
        // Electron's own kill() asks politely; a hung llama.cpp would not hear it.
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
        else child.kill()
      },
    }
  }
}
