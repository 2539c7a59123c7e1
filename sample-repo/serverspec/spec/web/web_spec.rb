require 'spec_helper'

# Does the instance have what its role promises? A successful build does not answer that; these do.
describe package('nginx') do
  it { should be_installed }
end

describe service('nginx') do
  it { should be_enabled }
  it { should be_running }
end

describe port(8080) do
  it { should be_listening }
end

describe file('/srv/blog/index.html') do
  it { should be_file }
  its(:content) { should match(/Fernhill/) }
end
