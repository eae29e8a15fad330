package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	provisionerName = "rancher.io/local-path"
	storageClass    = "local-path"
	selectedNode    = "volume.kubernetes.io/selected-node"
	provisionedBy   = "pv.kubernetes.io/provisioned-by"
	storageResync   = 15 * time.Second // what failed is tried again then
)

// Provisioner is local-path-provisioner's work for one node, without its pods: a folder per claim.
type Provisioner struct {
	client kubernetes.Interface
	root   string
}

func (p Provisioner) run(ctx context.Context) {
	factory := informers.NewSharedInformerFactory(p.client, storageResync)
	handle := func(object any) {
		var err error
		switch object := object.(type) {
		case *corev1.PersistentVolumeClaim:
			err = p.claim(ctx, object)
		case *corev1.PersistentVolume:
			err = p.volume(ctx, object)
		}
		if err != nil && ctx.Err() == nil {
			log.Printf("k3s (stand-in): local-path: %v", err)
		}
	}
	handlers := cache.ResourceEventHandlerFuncs{AddFunc: handle, UpdateFunc: func(_, now any) { handle(now) }}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().PersistentVolumeClaims().Informer(), factory.Core().V1().PersistentVolumes().Informer(),
	} {
		if _, err := informer.AddEventHandler(handlers); err != nil {
			log.Printf("k3s (stand-in): local-path: %v", err)
			return
		}
	}
	factory.Start(ctx.Done())
}

// claim makes the volume of a claim that the scheduler has found a node for.
func (p Provisioner) claim(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	class := claim.Spec.StorageClassName
	node := claim.Annotations[selectedNode]
	if class == nil || *class != storageClass || node == "" || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	path := filepath.Join(p.root, fmt.Sprintf("%s_%s_%s", name, claim.Namespace, claim.Name))
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o777); err != nil { // the umask took a part of it
		return err
	}
	_, err := p.client.CoreV1().PersistentVolumes().Create(ctx, volumeFor(claim, name, path, node), metav1.CreateOptions{})
	if err == nil {
		log.Printf("k3s (stand-in): local-path: %s for %s/%s", path, claim.Namespace, claim.Name)
	}
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func volumeFor(claim *corev1.PersistentVolumeClaim, name, path, node string) *corev1.PersistentVolume {
	create := corev1.HostPathDirectoryOrCreate
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisionerName}},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			ClaimRef:                      &corev1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path, Type: &create}},
			StorageClassName:              storageClass,
			VolumeMode:                    claim.Spec.VolumeMode,
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
			}}}},
		},
	}
}

// volume deletes a released volume and its folder, where its policy says so.
func (p Provisioner) volume(ctx context.Context, volume *corev1.PersistentVolume) error {
	source := volume.Spec.HostPath
	if volume.Annotations[provisionedBy] != provisionerName || volume.Status.Phase != corev1.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete || source == nil {
		return nil
	}
	if filepath.Dir(source.Path) != filepath.Clean(p.root) {
		return fmt.Errorf("volume %s: %s is not below %s: left alone", volume.Name, source.Path, p.root)
	}
	if err := os.RemoveAll(source.Path); err != nil {
		return err
	}
	err := p.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
