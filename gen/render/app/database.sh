# Makes one app's role and database where they are absent, sets the role's password, and writes the Secrets that tell
# it: one for this namespace, from which the next run takes it again, and one for the app. Running it again changes
# nothing. Passwords travel in files and in the environment, never in arguments, and the server does not log them.
set -eu
umask 077

alphanumeric() {
  case $1 in
    '' | *[!A-Za-z0-9]*) return 1 ;;
  esac
}

if [ -s "$CURRENT_DIR/password" ]; then
  password=$(cat "$CURRENT_DIR/password")
  echo "keeping the password of Secret $SECRET_NAME"
else
  password=$(LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32)
  echo "making a new password"
fi
if ! alphanumeric "$password" || [ "${#password}" -lt 16 ]; then
  echo "the password of Secret $SECRET_NAME is not 16 or more letters and digits: delete the Secret to get a new one" >&2
  exit 1
fi

waited=0
until error=$(psql -X -q -w -d postgres -c 'SELECT 1' 2>&1 >/dev/null); do
  if [ "$waited" -ge "$WAIT_SECONDS" ]; then
    echo "no answer from $PGHOST:$PGPORT within $WAIT_SECONDS seconds: $error" >&2
    exit 1
  fi
  sleep 2
  waited=$((waited + 2))
done

APP_PASSWORD=$password psql -X -q -w -d postgres -v ON_ERROR_STOP=1 -f - <<'SQL'
\getenv name APP_DATABASE
\getenv password APP_PASSWORD
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" WITH LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
echo "role and database $APP_DATABASE are there"

encode() {
  printf %s "$1" | base64 | tr -d '\n'
}

manifest() {
  cat <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: "$SECRET_NAME"
  namespace: "$1"
  labels:
    app.kubernetes.io/name: "$APP_NAME"
type: Opaque
data:
  DATABASE_URL: "$(encode "postgresql://$APP_DATABASE:$password@$PGHOST:$PGPORT/$APP_DATABASE")"
  host: "$(encode "$PGHOST")"
  port: "$(encode "$PGPORT")"
  database: "$(encode "$APP_DATABASE")"
  username: "$(encode "$APP_DATABASE")"
  password: "$(encode "$password")"
YAML
}

# The Secret of this namespace is written first: should the other fail, the next run still knows the password.
manifest "$OWN_NAMESPACE" >"$WORK_DIR/1-own.yaml"
if [ "$APP_NAMESPACE" != "$OWN_NAMESPACE" ]; then
  manifest "$APP_NAMESPACE" >"$WORK_DIR/2-app.yaml"
fi
