package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"forseti/action"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/id"
)

// Media is a file that somebody uploaded.
type Media struct {
	Address string // mxc://
	Most    int64  // how many bytes it may have
	// Sealed says that it is encrypted, and the others how it is read, as a stranger wrote.
	Sealed              bool
	Key, Vector, SHA256 string
}

// mediaTimeout is for one file. The homeserver is asked to wait less for another server that has it, so that its answer says
// what is wrong.
const mediaTimeout, remoteTimeout = 30 * time.Second, 20 * time.Second

// Media downloads a file, once, and decrypts it. Its errors are *action.Failure: TooLarge if it has more bytes than it may,
// Gone if there is none, Invalid if what was written of it is not right, so that it will never be read.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid
func (s *caller) Media(ctx context.Context, m Media) ([]byte, error) {
	file, err := s.download(ctx, m)
	if err == nil && m.Sealed {
		err = unseal(file, m)
	}
	if err != nil {
		return nil, wrap(err, "file "+m.Address)
	}
	return file, nil
}

func (s *caller) download(ctx context.Context, m Media) ([]byte, error) {
	at, err := addressed(m.Address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(mautrix.WithMaxRetries(ctx, 0), mediaTimeout)
	defer cancel()
	answer, err := s.client.DownloadWithParams(ctx, at, mautrix.DownloadExtra{Query: map[string]string{"timeout_ms": fmt.Sprint(remoteTimeout.Milliseconds())}})
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	tooLarge := &action.Failure{Kind: action.TooLarge, Err: fmt.Errorf("it has more than %d bytes", m.Most)}
	if answer.ContentLength > m.Most {
		return nil, tooLarge
	}
	file, err := io.ReadAll(io.LimitReader(answer.Body, m.Most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(file)) > m.Most:
		return nil, tooLarge
	}
	return file, nil
}

// addressed takes an address apart. What is no name of a server or a file would be a path of another request.
//
// https://spec.matrix.org/v1.16/client-server-api/#matrix-content-mxc-uris
func addressed(address string) (id.ContentURI, error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	at, err := id.ParseContentURI(address)
	if err != nil || at.IsEmpty() || strings.Trim(at.Homeserver, letters+".:[]") != "" || strings.Trim(at.FileID, letters+"_") != "" ||
		strings.Trim(at.Homeserver, ".") == "" {
		return id.ContentURI{}, &action.Failure{Kind: action.Invalid, Err: errors.New("that is no address of a file")}
	}
	return at, nil
}

// unseal decrypts a file in its place. One whose hash is another than its sender said is not what they showed.
//
// https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-attachments
func unseal(file []byte, m Media) error {
	// Clients read either alphabet, padded or not, and the library one.
	common, ofURLs := strings.NewReplacer("-", "+", "_", "/", "=", ""), strings.NewReplacer("+", "-", "/", "_", "=", "")
	sealed := attachment.EncryptedFile{
		Key:        attachment.JSONWebKey{Key: ofURLs.Replace(m.Key), Algorithm: "A256CTR", KeyType: "oct"},
		InitVector: common.Replace(m.Vector), Hashes: attachment.EncryptedFileHashes{SHA256: common.Replace(m.SHA256)}, Version: "v2",
	}
	if err := sealed.DecryptInPlace(file); err != nil {
		return &action.Failure{Kind: action.Invalid, Err: err}
	}
	return nil
}
