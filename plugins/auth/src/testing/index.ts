export * from './guesses.ts'
