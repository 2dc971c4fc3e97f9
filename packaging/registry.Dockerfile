# An image that holds the registry and what it needs to run, and nothing else. From the top of the tree, after `make build`:
#
#     packaging/registry-image build/release/strata registry-context
#     docker build -t strata-registry registry-context
#     docker run -d -p 5000:5000 -v registry:/var/lib/registry strata-registry
FROM scratch
COPY root/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
VOLUME ["/var/lib/registry"]
EXPOSE 5000
ENTRYPOINT ["/usr/bin/strata", "registry"]
CMD ["serve", "/etc/distribution/config.yml"]
