import type { FromInferenceChild, ToInferenceChild } from '../node/inference/contract.ts'

/** The way to whoever started this process. */
export interface ParentPort {
  send(message: FromInferenceChild): void
  onMessage(listener: (message: ToInferenceChild) => void): void
  /** The other end is gone: nobody will ever ask for anything again. */
  onClose(listener: () => void): void
}

/** What Electron adds to `process` in a utility process; described here, as only the main process imports Electron. */
interface ElectronPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** The port of an Electron utility process or of `child_process.fork`. Throws where there is neither. */
export function openParentPort(): ParentPort {
  const electron = (process as { parentPort?: ElectronPort }).parentPort
  if (electron !== undefined) {
    return {
      send: (message) => electron.postMessage(message),
      onMessage: (listener) => electron.on('message', ({ data }) => listener(data as ToInferenceChild)),
      // Electron ends its utility processes itself.
      onClose: () => {},
    }
  }
  if (process.send === undefined)
    throw new Error('This file is the inference process; Driad starts it by itself')
  // Ctrl-C and a service manager's stop reach all processes at once. What runs is to be finished first: the parent
  // decides when this process ends, and its own end, however it comes, closes the channel.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  return {
    send: (message) => {
      // The parent may be gone between a check and the call, and `disconnect` tells that already.
      if (process.connected) process.send?.(message, undefined, undefined, () => {})
    },
    onMessage: (listener) => process.on('message', (message) => listener(message as ToInferenceChild)),
    onClose: (listener) => {
      if (process.connected) process.once('disconnect', listener)
      // It was gone before this process had read its own program: no event will tell.
      else listener()
    },
  }
}
