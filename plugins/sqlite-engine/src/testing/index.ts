export { type ContractCase, databaseContract, type StorageUnderTest } from './database-contract.ts'
