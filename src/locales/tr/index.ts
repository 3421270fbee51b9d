import common from './common.json' with { type: 'json' }
import earnings from './earnings.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import network from './network.json' with { type: 'json' }
import tasks from './tasks.json' with { type: 'json' }

export default { common, earnings, guest, navigation, network, tasks }
