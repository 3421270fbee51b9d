import common from './common.json' with { type: 'json' }
import components from './components.json' with { type: 'json' }
import device from './device.json' with { type: 'json' }
import dialogs from './dialogs.json' with { type: 'json' }
import download from './download.json' with { type: 'json' }
import earnings from './earnings.json' with { type: 'json' }
import errors from './errors.json' with { type: 'json' }
import fit from './fit.json' with { type: 'json' }
import gallery from './gallery.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import health from './health.json' with { type: 'json' }
import logs from './logs.json' with { type: 'json' }
import models from './models.json' with { type: 'json' }
import modelsDevices from './models-devices.json' with { type: 'json' }
import modelsFiles from './models-files.json' with { type: 'json' }
import modelsGet from './models-get.json' with { type: 'json' }
import modelsServed from './models-served.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import network from './network.json' with { type: 'json' }
import notifications from './notifications.json' with { type: 'json' }
import overview from './overview.json' with { type: 'json' }
import palette from './palette.json' with { type: 'json' }
import reach from './reach.json' with { type: 'json' }
import recovery from './recovery.json' with { type: 'json' }
import removal from './removal.json' with { type: 'json' }
import settings from './settings.json' with { type: 'json' }
import setup from './setup.json' with { type: 'json' }
import shell from './shell.json' with { type: 'json' }
import states from './states.json' with { type: 'json' }
import tasks from './tasks.json' with { type: 'json' }
import test from './test.json' with { type: 'json' }
import tray from './tray.json' with { type: 'json' }
import unpaid from './unpaid.json' with { type: 'json' }
import updates from './updates.json' with { type: 'json' }
import workflow from './workflow.json' with { type: 'json' }

export default {
  common,
  components,
  device,
  dialogs,
  download,
  earnings,
  errors,
  fit,
  gallery,
  guest,
  health,
  logs,
  models,
  'models-devices': modelsDevices,
  'models-files': modelsFiles,
  'models-get': modelsGet,
  'models-served': modelsServed,
  navigation,
  network,
  notifications,
  overview,
  palette,
  reach,
  recovery,
  removal,
  settings,
  setup,
  shell,
  states,
  tasks,
  test,
  tray,
  unpaid,
  updates,
  workflow,
}
