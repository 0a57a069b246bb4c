import { disconnects } from './disconnects.ts'
import { shortForm } from './kit/short-form.ts'
import { logout, restrict } from './standstill.ts'

shortForm(disconnects)
shortForm(logout)
shortForm(restrict)
