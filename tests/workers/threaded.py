"""For test_forking: a module that starts a thread as it is loaded."""

import threading
import time

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
