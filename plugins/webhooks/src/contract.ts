export * from './contract/commands.ts'
export * from './contract/events.ts'
export * from './contract/shapes.ts'
