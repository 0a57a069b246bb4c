import { crashPoints } from './crash-points.ts'
import { kills } from './kills.ts'
import { shortForm } from './kit/short-form.ts'

shortForm(kills)
shortForm(crashPoints)
