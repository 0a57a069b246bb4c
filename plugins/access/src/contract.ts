export * from './contract/codes.ts'
export * from './contract/events.ts'
export * from './contract/features.ts'
export * from './contract/subscriptions.ts'
