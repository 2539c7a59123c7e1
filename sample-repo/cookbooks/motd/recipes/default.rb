template '/etc/motd' do
  source 'motd.erb'
  mode '0644'
  variables(owner: 'Fernhill Books')
end
