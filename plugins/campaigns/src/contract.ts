/** What others see of campaigns: their events and commands, and the shapes of both. */
export * from './contract/audience.ts'
export * from './contract/campaign.ts'
export * from './contract/channel.ts'
export * from './contract/commands.ts'
export * from './contract/events.ts'
export * from './contract/message.ts'
export * from './contract/plan.ts'
export * from './contract/states.ts'
