import { ConfigReloaded, defineNotice, PluginFailed } from '@waqtor/contracts'

const link = '/settings'
const icon = 'pi pi-cog'

/** A fault of a plugin is contained, and somebody should look at it. */
export const pluginNotice = defineNotice(PluginFailed, ({ plugin, message }) => ({
  type: 'error',
  title: plugin === null ? 'Something failed' : `Plugin '${plugin}' failed`,
  message: `${message.replace(/\.$/, '')}. The others go on; the log has more.`,
  icon: 'pi pi-exclamation-triangle',
  link,
}))

/** Whoever edits the config sees by this that it does not count. */
export const configNotice = defineNotice(ConfigReloaded, ({ ok, problems }) =>
  ok
    ? undefined
    : {
        type: 'error',
        title: 'The changed config was refused',
        message: `The host goes on with the one before. ${problems.join(' ') || 'The log says why.'}`,
        icon,
        link,
      },
)
