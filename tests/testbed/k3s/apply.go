package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// parseManifest gives a file's objects, lists taken apart.
func parseManifest(text []byte) ([]*unstructured.Unstructured, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	objects := []*unstructured.Unstructured{}
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		if len(object.Object) == 0 {
			continue
		}
		if !object.IsList() {
			objects = append(objects, object)
			continue
		}
		list, err := object.ToList()
		if err != nil {
			return nil, err
		}
		for index := range list.Items {
			objects = append(objects, &list.Items[index])
		}
	}
}

func (d *Deployer) apply(ctx context.Context, object *unstructured.Unstructured) (Object, error) {
	kind := object.GroupVersionKind()
	resource, namespaced, err := d.resource(kind)
	if err != nil {
		return Object{}, err
	}
	if namespaced && object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
	options := metav1.ApplyOptions{FieldManager: "deploy@" + d.node.Name, Force: true}
	target := d.client.Resource(resource).Namespace(object.GetNamespace())
	if _, err := target.Apply(ctx, object.GetName(), object, options); err != nil {
		return Object{}, err
	}
	return Object{kind.Group, kind.Version, kind.Kind, object.GetNamespace(), object.GetName()}, nil
}

func (d *Deployer) remove(ctx context.Context, old Object) error {
	resource, _, err := d.resource(schema.GroupVersionKind{Group: old.Group, Version: old.Version, Kind: old.Kind})
	if meta.IsNoMatchError(err) {
		return nil
	} else if err != nil {
		return err
	}
	background := metav1.DeletePropagationBackground
	err = d.client.Resource(resource).Namespace(old.Namespace).Delete(ctx, old.Name, metav1.DeleteOptions{PropagationPolicy: &background})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (d *Deployer) resource(kind schema.GroupVersionKind) (schema.GroupVersionResource, bool, error) {
	mapping, err := d.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		d.mapper.Reset() // the CRD may come yet
		return schema.GroupVersionResource{}, false, err
	}
	return mapping.Resource, mapping.Scope.Name() == meta.RESTScopeNameNamespace, nil
}
