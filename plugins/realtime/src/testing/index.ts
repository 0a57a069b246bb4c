export * from './attacks.ts'
export * from './breaks.ts'
export * from './broken-handshakes.ts'
export * from './raw-client.ts'
