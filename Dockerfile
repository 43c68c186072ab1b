# docker build --build-arg VERSION=1.2.3 -t forseti .
# docker run -it  -v forseti:/data forseti init
# docker run -d   -v forseti:/data forseti

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -tags goolm -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /forseti ./cmd/forseti
# An empty volume takes its owner from the folder it is mounted over.
RUN mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /forseti /forseti
COPY --from=build --chown=nonroot:nonroot --chmod=0700 /data /data
WORKDIR /data
VOLUME /data
USER nonroot
ENTRYPOINT ["/forseti"]
CMD ["run"]
