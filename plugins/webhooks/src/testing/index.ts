export * from '../fixtures/receiver.ts'
export * from './dead-letters.ts'
export * from './killed-hosts.ts'
