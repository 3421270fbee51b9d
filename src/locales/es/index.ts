import common from './common.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import notifications from './notifications.json' with { type: 'json' }
import settings from './settings.json' with { type: 'json' }

export default { common, guest, navigation, notifications, settings }
