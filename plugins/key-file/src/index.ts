export { KEY_BYTES, type OpenedKey, openKeyFile } from './key-file.ts'
