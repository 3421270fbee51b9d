/** What the app tells its operator of by the system's notifications; each can be turned off. */
export const notificationKinds = [
  'trouble',
  'models',
  'downloads',
  'payments',
  'earnings',
  'pauses',
  'updates',
] as const

export type NotificationKind = (typeof notificationKinds)[number]
