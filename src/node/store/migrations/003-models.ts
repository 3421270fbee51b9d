import type { Migration } from './migration.ts'

export const migration: Migration = { version: 3, name: 'models', sql: '' }
