# The installer of k3s.
while (($# > 1)); do
  if [[ $1 == --output ]]; then
    file=$2
  fi
  shift
done
cp /stubs/k3s-installer "$file"
