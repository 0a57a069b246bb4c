/** Version of the plugin API; what `kernel: '^1'` in a plugin is compared with. */
export const KERNEL_VERSION = '1.0.0'
