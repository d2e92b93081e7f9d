printf 'port 22\npasswordauthentication no\nkbdinteractiveauthentication no\n'
