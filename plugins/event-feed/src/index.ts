export * from './disclosed.ts'
export * from './event-feed.ts'
