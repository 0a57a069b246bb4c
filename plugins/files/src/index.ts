import { join } from 'node:path'
import { Database, Files, HostInfo, Http } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import * as contract from './contract.ts'
import { createDoor } from './door.ts'
import { Folder } from './folder.ts'
import { FileStore, migrations } from './store.ts'
import { StoredFiles } from './stored-files.ts'
import { Sweeper } from './sweeper.ts'

export * from './contract.ts'

/**
 * What people hand in and what is made for them to fetch: lists to import, exports, media of templates.
 * @example plugins: [sqlite(), files({ keepMs: 3_600_000 }), http(), rest()]
 */
export default definePlugin({
  name: 'files',
  kernel: '^1',
  config: z.strictObject({
    keepMs: z.int().positive().default(86_400_000).describe('How long a file stays when nothing refers to it'),
    maxBytes: z.int().positive().default(200_000_000).describe('How large a file may be'),
    reserveBytes: z
      .int()
      .nonnegative()
      .default(100_000_000)
      .describe('What is left free on the disk: a full one would stop sending'),
  }),
  requires: { database: Database, host: HostInfo },
  optional: { http: Http },
  provides: [Files],
  async setup(ctx) {
    const { database, host, http } = ctx.services
    const { keepMs, maxBytes, reserveBytes } = ctx.config
    await database.migrate('files', 'host', migrations)

    const store = new FileStore(database)
    const folder = new Folder(join(host.dataDirectory, 'files'), reserveBytes)
    const files = new StoredFiles({ store, folder, maxBytes, keepMs })
    const sweeper = new Sweeper({ store, folder, uploads: files.uploads, log: ctx.log })
    ctx.onClose(() => files.uploads.close())
    ctx.onClose(() => sweeper.close())
    ctx.provide(Files, files)
    ctx.tap(ctx.kernel.hooks.boot, async () => {
      await folder.prepare()
      await sweeper.start()
    })

    ctx.handle(contract.createFile, async ({ filename }, { principal }) => {
      const { fileId } = await files.begin(filename, principal)
      return { fileId }
    })
    ctx.handle(contract.appendToFile, async ({ fileId, offset, data }, { principal }) => ({
      bytes: await files.uploads.demand(fileId, principal).append(Buffer.from(data, 'base64'), offset),
    }))
    ctx.handle(contract.finishFile, ({ fileId }, { principal }) => files.finish(fileId, principal))
    ctx.handle(contract.getFile, ({ fileId }, { principal }) => files.get(fileId, principal))
    ctx.handle(contract.listFiles, (input, { principal }) => files.list(principal!, input))
    ctx.handle(contract.readFile, (input, { principal }) => files.read(input, principal))
    ctx.handle(contract.deleteFile, async ({ fileId }, { principal }) => {
      await files.delete(fileId, principal)
      return {}
    })
    if (http) ctx.onClose(http.mount('/files', createDoor({ kernel: ctx.kernel, files, maxBytes }), { streamed: true }))
  },
})
