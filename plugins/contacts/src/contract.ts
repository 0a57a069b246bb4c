/** What others may see of this plugin: its commands, its events and their shapes. */
export * from './contract/audiences.ts'
export * from './contract/contacts.ts'
export * from './contract/opt-outs.ts'
export * from './contract/person.ts'
export * from './contract/shapes.ts'
export * from './contract/transfer.ts'
