import type { Migration } from '../contract.ts'

export const migration: Migration = { version: 3, name: 'models', sql: '' }
