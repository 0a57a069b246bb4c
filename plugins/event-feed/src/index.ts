export * from './event-feed.ts'
