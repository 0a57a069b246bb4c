export { createSqliteDatabase, type SqliteDatabase, type SqliteDatabaseOptions } from './database.ts'
export { storageMetrics } from './metrics.ts'
export { visibleStates } from './visible-states.ts'
