import type en from './en/index.ts'

// Keys are checked by the compiler, against the English words.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof en
    returnNull: false
  }
}
