import { Authentication, Files, Http } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { AvatarChosen } from '@waqtor/plugin-auth/contract'
import { createDoor } from './door.ts'

/** Below the REST API: the longer prefix wins, so a browser gets a cookie where a program gets a token. */
const PREFIX = '/api/v2/auth'

/**
 * Browser sessions over HTTP: set-up, login and logout, with the token of the session in a cookie that no script can read.
 * @example plugins: [sqlite(), auth(), http(), rest(), signIn({ trustForwardedProto: true })]
 */
export default definePlugin({
  name: 'sign-in',
  kernel: '^1',
  config: z.strictObject({
    trustForwardedProto: z
      .boolean()
      .default(false)
      .describe('Believe X-Forwarded-Proto: set it where a proxy stands in front that writes this header itself'),
  }),
  requires: { http: Http, authentication: Authentication },
  optional: { files: Files },
  setup(ctx) {
    const { kernel, log, config, services } = ctx
    const door = createDoor({ kernel, log, trustForwardedProto: config.trustForwardedProto })
    // Files need the server, which needs to know who asks: so the plugin that knows users cannot keep their pictures itself.
    const { files } = services
    if (files) ctx.on(AvatarChosen, ({ fileId }) => files.keep(fileId))
    ctx.onClose(services.http.mount(PREFIX, door))
  },
})
