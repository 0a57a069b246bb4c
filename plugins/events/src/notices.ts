import { ConfigReloaded, defineNotice, PluginFailed, StorageFailed, StorageRecovered } from '@waqtor/contracts'

const link = '/settings'
const icon = 'pi pi-cog'

/** A fault of a plugin is contained, and somebody should look at it. */
export const pluginNotice = defineNotice(PluginFailed, ({ plugin, message }) => ({
  type: 'error',
  title: plugin === null ? 'Something failed' : `Plugin '${plugin}' failed`,
  message: `${message.replace(/\.$/, '')}. The others go on; the log has more.`,
  fields: { plugin, message },
  icon: 'pi pi-exclamation-triangle',
  link,
}))

/** Whoever edits the config sees by this that it does not count. */
export const configNotice = defineNotice(ConfigReloaded, ({ ok, problems }) =>
  ok
    ? undefined
    : {
        type: 'error',
        key: 'config.refused',
        fields: { problems: problems.join(' ') },
        title: 'The changed config was refused',
        message: `The host goes on with the one before. ${problems.join(' ') || 'The log says why.'}`,
        icon,
        link,
      },
)

const disk = 'pi pi-database'
const fileOf = (name: string) => (name === 'host' ? "the host's database" : `the database of the account '${name}'`)

/** What is wrong with a file, and what a person can do about it. Several files on one disk fail together, and are told once. */
const troubles: Readonly<
  Record<'full' | 'locked' | 'corrupt' | 'failed', (file: string) => [title: string, message: string]>
> = {
  full: (file) => [
    'The storage is full',
    `There is no room for ${file}. Free some disk space: sending waits until then, and goes on by itself.`,
  ],
  locked: (file) => [
    'The storage is locked',
    `Another program holds ${file}. Close it: sending waits until then, and goes on by itself.`,
  ],
  corrupt: (file) => [
    'The storage is damaged',
    `There is damage in ${file}, which was left as it is. Stop WaQtor and put a backup in its place: waqtor restore <backup>.`,
  ],
  failed: (file) => [
    'The storage fails',
    `It cannot be written: ${file}. Look at the disk and at the log; sending waits, and goes on by itself.`,
  ],
}

/** Nothing can be stored, and so nothing be sent. */
export const storageFailedNotice = defineNotice(StorageFailed, ({ name, state }) => {
  const [title, message] = troubles[state](fileOf(name))
  return { type: 'error', title, message, fields: { name, state }, icon: disk, link }
})

/** Often the first that can be said of it: what is full takes no notice either. */
export const storageRecoveredNotice = defineNotice(StorageRecovered, ({ name, state, since, until }) => ({
  type: 'success',
  title: 'The storage is back',
  message: `It can be written again: ${fileOf(name)}. It was ${state === 'failed' ? 'failing' : state} from ${clock(since)} to ${clock(until)}.`,
  fields: { name, state, since, until },
  icon: disk,
  link,
}))

const clock = (time: number) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
