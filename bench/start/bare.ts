/** The least that a server with a database is: Hono, SQLite, one table, one route. */
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import Database from 'better-sqlite3'
import { Hono } from 'hono'

const db = new Database(join(process.env.WAQTOR_DATA!, 'bare.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec('CREATE TABLE IF NOT EXISTS starts (at INTEGER NOT NULL)')
db.prepare('INSERT INTO starts (at) VALUES (?)').run(Date.now())

const app = new Hono()
app.get('/health', (c) => c.json({ status: 'ok' }))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.WAQTOR_PORT) })
