import type { Migration } from '../contract.ts'

export const migration: Migration = { version: 5, name: 'requests', sql: '' }
