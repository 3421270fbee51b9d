import common from './common.json' with { type: 'json' }
import components from './components.json' with { type: 'json' }
import dialogs from './dialogs.json' with { type: 'json' }
import earnings from './earnings.json' with { type: 'json' }
import errors from './errors.json' with { type: 'json' }
import gallery from './gallery.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import health from './health.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import network from './network.json' with { type: 'json' }
import palette from './palette.json' with { type: 'json' }
import reach from './reach.json' with { type: 'json' }
import shell from './shell.json' with { type: 'json' }
import states from './states.json' with { type: 'json' }
import tasks from './tasks.json' with { type: 'json' }
import test from './test.json' with { type: 'json' }
import tray from './tray.json' with { type: 'json' }
import unpaid from './unpaid.json' with { type: 'json' }
import workflow from './workflow.json' with { type: 'json' }

export default {
  common,
  components,
  dialogs,
  earnings,
  errors,
  gallery,
  guest,
  health,
  navigation,
  network,
  palette,
  reach,
  shell,
  states,
  tasks,
  test,
  tray,
  unpaid,
  workflow,
}
