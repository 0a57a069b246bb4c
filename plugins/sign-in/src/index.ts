import { Authentication, Files, Http } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { AvatarChosen } from '@waqtor/plugin-auth/contract'
import { createDoor } from './door.ts'

/** Below the REST API: the longer prefix wins, so a browser gets a cookie where a program gets a token. */
const PREFIX = '/api/v2/auth'

/**
 * Browser sessions over HTTP: set-up, login and logout, with the token of the session in a cookie that no script can read.
 * @example plugins: [sqlite(), auth(), http(), rest(), signIn()]
 */
export default definePlugin({
  name: 'sign-in',
  kernel: '^1',
  config: z.strictObject({}),
  requires: { http: Http, authentication: Authentication },
  optional: { files: Files },
  setup(ctx) {
    const { kernel, log, services } = ctx
    const door = createDoor({ kernel, log })
    // Files need the server, which needs to know who asks: so the plugin that knows users cannot keep their pictures itself.
    const { files } = services
    if (files) ctx.on(AvatarChosen, ({ fileId }) => files.keep(fileId))
    ctx.onClose(services.http.mount(PREFIX, door))
  },
})
