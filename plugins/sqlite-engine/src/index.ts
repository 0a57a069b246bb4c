export { createSqliteDatabase, type SqliteDatabase, type SqliteDatabaseOptions } from './database.ts'
export { visibleStates } from './visible-states.ts'
