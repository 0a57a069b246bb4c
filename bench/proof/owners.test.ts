import { shortForm } from './kit/short-form.ts'
import { secondOwner } from './second-owner.ts'
import { sigterm } from './sigterm.ts'
import { twoHosts } from './two-hosts.ts'

shortForm(twoHosts)
shortForm(secondOwner)
shortForm(sigterm)
