/** The colours and signs of the node's states, as in the window: never colour alone. */
const states = {
  online: { leaf: '#3ecf8e', sign: '' },
  offline: { leaf: '#8b9691', sign: '' },
  paused: {
    leaf: '#e3ae45',
    sign: '<path d="M17.500 14v8M21.500 14v8" stroke="#e3ae45" stroke-width="2.600" stroke-linecap="round" />',
  },
  attention: {
    leaf: '#f0716b',
    sign: '<path d="M19.500 12.500v5.500" stroke="#f0716b" stroke-width="3" stroke-linecap="round" /><circle cx="19.500" cy="22" r="1.800" fill="#f0716b" />',
  },
}

export const trayStates = /** @type {(keyof typeof states)[]} */ (Object.keys(states))

/**
 * The sprout as a tray icon: few and heavy shapes that survive 16 pixels. With a sign there is one leaf, to make room.
 * @param {keyof typeof states} state
 */
export function traySvg(state) {
  const { leaf, sign } = states[state]
  const second =
    sign ||
    `<path d="M11.500 17.500C17 17.500 21.500 14 22.500 7.500C16 7.500 11.500 11 11.500 17.500Z" fill="${leaf}" opacity=".65" />`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path d="M11.500 22.500V11" stroke="${leaf}" stroke-width="2.400" stroke-linecap="round" fill="none" />
  <path d="M11.500 13.500C5 13.500 1.500 9 1.500 2C8 2 11.500 6.500 11.500 13.500Z" fill="${leaf}" />
  ${second}
</svg>`
}
