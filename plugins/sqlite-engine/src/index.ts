export { createSqliteDatabase, type SqliteDatabase, type SqliteDatabaseOptions } from './database.ts'
