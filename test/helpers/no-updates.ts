import type { Updates } from '../../src/api/context.ts'

/** Of a program that runs out of its sources: there is nothing to update. */
export const noUpdates: Updates = {
  view: () => ({
    currentVersion: '0.0.0',
    channel: 'stable',
    policy: 'off',
    unsupported: 'development',
    stage: 'none',
  }),
  onChange: () => () => undefined,
  check: async () => undefined,
  install: async () => undefined,
  skip: () => undefined,
  dismiss: () => undefined,
}
