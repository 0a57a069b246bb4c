export * from './check.ts'
export { longestText } from './grammar.ts'
export * from './language.ts'
export * from './template.ts'
