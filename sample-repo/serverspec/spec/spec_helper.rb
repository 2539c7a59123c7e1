require 'serverspec'

# Ask the machine itself: over ssh where TARGET_HOST says which, else the one we are on.
if ENV['TARGET_HOST']
  set :backend, :ssh
  set :host, ENV['TARGET_HOST']
else
  set :backend, :exec
end
