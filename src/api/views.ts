export type * from '../protocol/views.ts'
